"""A real Slurm of four nodes on loopback, everything below one directory: munged, slurmctld and four slurmd, started and ended by
their process ids. It needs the packages slurmctld, slurmd, slurm-client, slurm-wlm-basic-plugins and munge, and root; neither systemd
nor control groups nor an accounting database.

    cluster = Cluster(directory)      raises Unavailable, with the reason, where it cannot start
    cluster.environment               for clients: SLURM_CONF
    cluster.kill_node("n2")           the power cord of a node: its daemon and all that its jobs run
    cluster.kill_daemon("n2")         the daemon alone: its jobs go on
    cluster.stop()
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

NODES = ("n1", "n2", "n3", "n4")
TOOLS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo", "scontrol")

CONFIGURATION = """
ClusterName=quantbench-test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={directory}/munge/socket,cred_expire=5
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0,sched_min_interval=0
PriorityType=priority/basic
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SlurmctldPidFile={directory}/slurmctld.pid
SlurmctldLogFile={directory}/log/slurmctld.log
SlurmctldDebug=info
StateSaveLocation={directory}/state
SlurmdPidFile={directory}/slurmd-%n.pid
SlurmdSpoolDir={directory}/spool/%n
SlurmdLogFile={directory}/log/slurmd-%n.log
SlurmdDebug=info
SlurmdParameters=config_overrides
CommunicationParameters=NoAddrCache
ReturnToService=2
JobRequeue=1
SlurmctldTimeout=30
SlurmdTimeout=6
InactiveLimit=0
MinJobAge=300
KillWait=2
Waittime=0
PartitionName=bench Nodes=n[1-4] Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
"""
FEATURES = {"n1": "fast,big", "n2": "fast", "n3": "slow", "n4": "slow"}


class Unavailable(Exception):
    """Slurm cannot be started here."""


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def tool(name):
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


class Cluster:
    def __init__(self, directory):
        missing = [name for name in TOOLS if tool(name) is None]
        if missing:
            raise Unavailable(f"{', '.join(missing)} missing: scripts/bootstrap --tests installs Slurm")
        if os.geteuid() != 0:
            raise Unavailable("Slurm's daemons need root here")
        self.directory = Path(directory)
        self.daemons = {}
        for name in ("log", "state", "munge", *(f"spool/{node}" for node in NODES)):
            (self.directory / name).mkdir(parents=True)
        (self.directory / "state").chmod(0o700)
        ports = free_ports(1 + len(NODES))
        configuration = CONFIGURATION.format(directory=self.directory, controller_port=ports[0])
        for node, port in zip(NODES, ports[1:]):
            configuration += (f"NodeName={node} NodeHostname=localhost NodeAddr=127.0.0.1 Port={port} CPUs=2 RealMemory=1000 "
                              f"Features={FEATURES[node]} State=UNKNOWN\n")
        (self.directory / "slurm.conf").write_text(configuration)
        self.environment = {"SLURM_CONF": str(self.directory / "slurm.conf")}
        try:
            self._start_munge()
            self._start("slurmctld", "-D", "-c")
            for node in NODES:
                self.start_node(node)
            self.wait_until_idle(30)
        except BaseException:
            self.stop()
            raise

    def _start(self, name, *arguments, key=None):
        with open(self.directory / "log" / f"{key or name}.err", "ab") as log:
            self.daemons[key or name] = subprocess.Popen(
                [tool(name), *arguments], env={**os.environ, **self.environment}, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def _start_munge(self):
        munge = self.directory / "munge"
        key = munge / "key"
        key.touch(0o600)
        key.write_bytes(secrets.token_bytes(128))
        munge.chmod(0o755)
        self._start("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={munge}/socket",
                    f"--pid-file={munge}/pid", f"--log-file={self.directory}/log/munged.log", f"--seed-file={munge}/seed",
                    "--num-threads=2")
        deadline = time.monotonic() + 10
        while not (munge / "socket").exists():
            if time.monotonic() > deadline or self.daemons["munged"].poll() is not None:
                raise Unavailable(f"munged does not start: {self.last_words('munged')}")
            time.sleep(0.05)

    def last_words(self, name):
        for file in (f"{name}.err", f"{name}.log"):
            path = self.directory / "log" / file
            lines = path.read_text(errors="replace").splitlines() if path.exists() else []
            if lines:
                return lines[-1]
        return "no message"

    def client(self, *command):
        return subprocess.run(command, env={**os.environ, **self.environment}, capture_output=True, text=True)

    def node_states(self):
        out = self.client("sinfo", "--noheader", "--Node", "--format=%N %T").stdout.split("\n")
        return dict(line.split() for line in out if line.strip())

    def resume_drained_nodes(self):
        """What an administrator does with nodes that Slurm has drained."""
        drained = [node for node, state in self.node_states().items() if state in ("drained", "draining")]
        if drained:
            self.client("scontrol", "update", "NodeName=" + ",".join(drained), "State=RESUME")

    def wait_until_idle(self, seconds):
        deadline = time.monotonic() + seconds
        while sum(state == "idle" for state in self.node_states().values()) < len(NODES):
            dead = [name for name, daemon in self.daemons.items() if daemon.poll() is not None]
            if dead or time.monotonic() > deadline:
                name = (dead or ["slurmctld"])[0]
                reasons = self.client("sinfo", "--noheader", "--list-reasons").stdout.strip()
                raise Unavailable(f"Slurm does not start: {name}: {self.last_words(name)}; nodes {self.node_states()} {reasons}")
            time.sleep(0.1)

    def jobs(self, *states):
        """Jobs as (id, name, state, node)."""
        out = self.client("squeue", "--noheader", "--array", "--states=" + (",".join(states) or "all"), "--format=%i|%j|%T|%N").stdout
        return [tuple(line.split("|")) for line in out.splitlines() if line.strip()]

    def start_node(self, node):
        self._start("slurmd", "-D", "-N", node, key=f"slurmd-{node}")

    def kill_daemon(self, node):
        self._kill(f"slurmd-{node}", signal.SIGKILL)

    def kill_node(self, node):
        """What a node without power does: nothing, and its jobs neither."""
        self.kill_daemon(node)
        jobs = {job for job, _, _, on in self.jobs("RUNNING", "COMPLETING") if on == node}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                environment = (entry / "environ").read_bytes().split(b"\0")
                command = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            ours = f"SLURM_CONF={self.environment['SLURM_CONF']}".encode() in environment
            on_node = f"SLURMD_NODENAME={node}".encode() in environment
            step = any(command.startswith(f"slurmstepd: [{job}.") for job in jobs)
            if (ours and on_node) or (step and str(self.directory) in self._configuration_of(entry)):
                try:
                    os.kill(int(entry.name), signal.SIGKILL)
                except ProcessLookupError:
                    pass

    @staticmethod
    def _configuration_of(entry):
        """The files that a process has open, which say whose it is."""
        out = []
        for link in (entry / "fd").iterdir():
            try:
                out.append(os.readlink(link))
            except OSError:
                pass
        return " ".join(out)

    def stop_controller(self):
        """Ended, not killed: it saves its state first. A killed one forgets the numbers of its newest jobs and gives them out again, and a
        node that still runs such a number drains itself ("Duplicate jobid") until an administrator comes."""
        self._kill("slurmctld", signal.SIGTERM)

    def start_controller(self):
        self._start("slurmctld", "-D")  # with the state that it saved

    def _kill(self, name, how):
        daemon = self.daemons.pop(name, None)
        if daemon is not None:
            daemon.send_signal(how)
            daemon.wait(30)

    def stop(self):
        if "slurmctld" in self.daemons:
            for job, *_ in self.jobs("PENDING", "RUNNING", "SUSPENDED", "CONFIGURING"):
                self.client("scancel", "--quiet", "--full", job)
            deadline = time.monotonic() + 10
            while self.jobs("RUNNING", "COMPLETING") and time.monotonic() < deadline:
                time.sleep(0.2)
        for name in reversed(list(self.daemons)):
            daemon = self.daemons[name]
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait(10)
        self.daemons.clear()
