"""A machine without a configuration, then with a broken one: it says so, gives a shell, and goes on when that ends."""

BROKEN = "[supervisord]\\nminfds=many\\n"


def run(lab):
    lab.files.file("/test/supervisord.conf", lab.guest("supervisord.conf"))
    lab.files.file("/etc/hostname", "# a comment\nfrom-the-file\n")
    machine = lab.boot()
    machine.expect("No config file found at default paths")
    machine.expect("init: nothing is started: put a configuration at /etc/supervisord.conf\n")
    machine.expect("/bin/sh is on the console")
    first = machine.shell_is_there()
    lab.check("without a configuration there is a shell", first > 1, first)
    machine.type("hostname")
    lab.check("/etc/hostname names the machine", machine.expect(r"\nfrom-the-file\n"))

    machine.type(f"printf '{BROKEN}' >/etc/supervisord.conf; exit")
    machine.expect(r"init: error: invalid literal for int\(\) with base 10: 'many'")
    lab.check("a broken one is shown with its place", machine.expect(r"/etc/supervisord.conf:2:8"))
    second = machine.shell_is_there()
    lab.check("and another shell comes", second != first, (first, second))

    machine.type("(sleep 1; kill -HUP 1) & cp /test/supervisord.conf /etc/")
    machine.agent_is_there()
    lab.check("SIGHUP tries again", "RUNNING" in machine.ask_until("supervisorctl status second", "RUNNING"))
    lab.equal("the shell stays, and no second one comes", machine.ask(lab.ON_TERMINALS), f"{second}\n")

    machine.ask(f"printf '{BROKEN}' >/etc/supervisord.conf; kill -HUP 1")
    machine.expect("many")
    state = machine.ask("supervisorctl -c /test/supervisord.conf status second")
    lab.check("a reload that is broken changes nothing", "RUNNING" in state, state)
    machine.order("busybox poweroff")
    lab.equal("busybox poweroff switches the machine off", machine.end(), "guest-shutdown")
