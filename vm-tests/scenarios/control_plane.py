"""`supervisorctl shutdown`: PID 1 cannot end, so the machine does."""


def run(lab):
    lab.files.file("/etc/supervisord.conf", lab.guest("supervisord.conf"))
    machine = lab.boot()
    machine.agent_is_there()
    machine.order("supervisorctl shutdown")
    lab.equal("supervisorctl shutdown switches the machine off", machine.end(), "guest-shutdown")
