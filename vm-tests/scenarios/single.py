"""`single` on the kernel's command line gives a shell first; the console's shell is off; then `halt`."""


def run(lab):
    lab.files.file("/etc/supervisord.conf", lab.guest("supervisord.conf").replace("console_shell=yes", ""))
    machine = lab.boot("single")
    machine.shell_is_there()
    lab.check("nothing is started before", "spawned" not in machine.console.text())
    machine.type("exit")
    machine.agent_is_there()
    lab.check("then everything is", machine.ask_until("supervisorctl status second", "RUNNING"))
    lab.equal("without a shell on the console", machine.ask(lab.ON_TERMINALS), "")
    machine.order("/sbin/halt")
    machine.expect("System halted")
    lab.check("the machine stays on", machine.is_running())
