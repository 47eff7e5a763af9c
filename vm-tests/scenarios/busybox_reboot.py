"""`busybox reboot`, which sends SIGTERM; before that, `supervisorctl` and a user= that would take root away."""


def run(lab):
    conf = lab.guest("supervisord.conf").replace("[supervisord]\n", "[supervisord]\nuser=nobody\n")
    lab.files.file("/etc/supervisord.conf", conf)
    lab.files.file("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n")
    machine = lab.boot()
    machine.agent_is_there()
    lab.equal("init stays root", machine.ask("stat -c %u /proc/1"), "0\n")
    machine.expect("user= of .supervisord. is ignored")
    machine.order("busybox reboot")
    lab.equal("busybox reboot starts the machine anew", machine.end(), "guest-reset")
    lab.check("in order", "received SIGTERM indicating reboot request" in machine.console.text())
