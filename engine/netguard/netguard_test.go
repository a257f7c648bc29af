package netguard_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/netguard"
)

func TestControl(t *testing.T) {
	t.Parallel()
	control := netguard.Control([]uint16{443}, []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00:1::/32")})
	for address, refused := range map[string]bool{
		"93.184.215.14:443": false, "10.1.2.3:443": false, "[fd00:1::2]:443": false,
		"93.184.215.14:22": true, "10.2.0.1:443": true, "127.0.0.1:443": true, "169.254.169.254:443": true, "[::1]:443": true, "[fd00:2::1]:443": true,
	} {
		network := "tcp4"
		if address[0] == '[' {
			network = "tcp6"
		}
		err := control(network, address, nil)
		require.Equal(t, refused, err != nil, address)
		require.Equal(t, refused, netguard.Refused(err), address)
	}
}
