package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/temporalio/ui-server/v2/server/api"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/csrf"
	"github.com/temporalio/ui-server/v2/server/route"
	"github.com/temporalio/ui-server/v2/server/rpc"
	"github.com/temporalio/ui-server/v2/ui"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
)

// webUI serves Temporal's web UI.
//
// The UI's own server opens its port itself, ends the process if it cannot,
// and cannot be told about an open listener. Its parts are public, so they
// are put together here on an http.Server of our own.
type webUI struct {
	http *http.Server
	conn *grpc.ClientConn
}

// startUI serves on l until stop. It takes ownership of l.
func startUI(l net.Listener, frontend, namespace string, log *slog.Logger, echoLog io.Writer) (*webUI, error) {
	conn, err := rpc.Dial(frontend, nil)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the Temporal UI: %w", err), l.Close())
	}
	handler, err := uiHandler(conn, frontend, namespace, echoLog)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the Temporal UI: %w", err), conn.Close(), l.Close())
	}
	u := &webUI{
		conn: conn,
		http: &http.Server{
			Handler:           onlyHosts(portOf(l), handler),
			ReadHeaderTimeout: 10 * time.Second,
			IdleTimeout:       2 * time.Minute,
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		},
	}
	go func() {
		if err := u.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the Temporal UI has stopped", "error", err)
		}
	}()
	return u, nil
}

// stop ends open requests once ctx is done.
func (u *webUI) stop(ctx context.Context) error {
	err := u.http.Shutdown(ctx)
	if err != nil {
		err = u.http.Close()
	}
	return errors.Join(err, u.conn.Close())
}

// uiHandler is the UI's routing with everything left out that one local user
// does not need: no sign-in, no other origins, no news from the internet.
func uiHandler(conn *grpc.ClientConn, frontend, namespace string, echoLog io.Writer) (http.Handler, error) {
	cfg, err := uiconfig.NewConfigProviderWithRefresh(&uiconfig.Config{
		TemporalGRPCAddress: frontend,
		DefaultNamespace:    namespace,
		EnableUI:            true,
		DisableNewsFetch:    true,
		HideLogs:            true,
		CORS:                uiconfig.CORS{CookieInsecure: true}, // plain HTTP on loopback
	})
	if err != nil {
		return nil, err
	}
	assets, err := ui.Assets()
	if err != nil {
		return nil, err
	}
	if assets, err = fs.Sub(assets, "local"); err != nil {
		return nil, err
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Logger.SetOutput(echoLog)
	e.Use(middleware.Recover(), middleware.Gzip(), middleware.Secure(),
		csrf.EnsureTokenCookie(false), middleware.CSRFWithConfig(csrf.MiddlewareConfig(cfg, false)))
	route.SetHealthRoute(e)
	setAPIRoutes(e.Group("/api/v1"), cfg, conn)
	route.SetRenderRoute(e, "")
	return e, route.SetUIRoutes(e, "", assets)
}

// setAPIRoutes is route.SetAPIRoutes on a connection that can be closed.
func setAPIRoutes(g *echo.Group, cfg *uiconfig.ConfigProviderWithRefresh, conn *grpc.ClientConn) {
	g.GET("/settings", api.GetSettings(cfg))
	g.GET(api.WorkflowRawHistoryUrl, api.WorkflowRawHistoryHandler(workflowservice.NewWorkflowServiceClient(conn)))
	g.Match([]string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete},
		"/*", api.TemporalAPIHandler(cfg, nil, conn))
}

// onlyHosts refuses requests addressed to another name: the UI asks for no
// credentials, and a web page that points its own name at 127.0.0.1 (DNS
// rebinding) must not be able to use it.
func onlyHosts(port int, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Host {
		case hostPort(port), fmt.Sprintf("localhost:%d", port):
			next.ServeHTTP(w, r)
		default:
			http.Error(w, "the Temporal UI answers on 127.0.0.1 and localhost only", http.StatusMisdirectedRequest)
		}
	})
}
