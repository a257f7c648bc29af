package sandbox

// bubblewrapped is the command line with which bubblewrap makes the namespaces
// and the file system of a policy and becomes argv
// (https://github.com/containers/bubblewrap/blob/main/bwrap.xml).
func (s *Sandbox) bubblewrapped(p *Policy, argv []string) []string {
	args := []string{s.bubblewrap, "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts",
		"--uid", "0", "--gid", "0", "--die-with-parent", "--as-pid-1", "--hostname", hostname,
		"--cap-drop", "ALL", "--proc", "/proc", "--dev", "/dev"}
	if len(p.Ports) == 0 {
		args = append(args, "--unshare-net")
	} else {
		args = append(args, "--ro-bind-try", "/etc/resolv.conf", "/etc/resolv.conf", "--ro-bind-try", "/etc/hosts", "/etc/hosts")
	}
	if p.Temp != "" {
		args = append(args, "--bind", p.Temp, "/tmp")
	}
	for _, m := range append(mounts(p), mount{path: s.self}) {
		if m.write {
			args = append(args, "--bind", m.path, m.path)
		} else {
			args = append(args, "--ro-bind-try", m.path, m.path)
		}
	}
	return append(append(args, "--remount-ro", "/", "--"), argv...)
}
