"""Machines of one run, which are processes of this one."""

import socket
import subprocess


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def start_workers(command, folder, **flags):
    """Two machines with the same flags."""
    return start_each(command, folder, [flags, flags])


def start_each(command, folder, flags):
    """A machine for each of the flags."""
    hosts = ",".join(f"127.0.0.1:{port}" for port in free_ports(len(flags)))
    return [
        start(command, folder, worker_hosts=hosts, task_index=task, **own)
        for task, own in enumerate(flags)
    ]


def start(command, folder, **flags):
    return subprocess.Popen(
        command(folder, **{"strategy": None, **flags}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
