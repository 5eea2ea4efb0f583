"""A TPUStrategy whose devices are parts of the CPU: to trace, never to run."""

import types

import tensorflow as tf
from tensorflow.python.tpu import tpu_system_metadata


class _TpuName(str):
    """A CPU's name that passes for a TPU's.

    The strategy keeps the devices whose names contain "device:TPU:", and then
    places variables on them, so the name must be that of a device which exists.
    """

    def __contains__(self, text):
        return text == "device:TPU:" or super().__contains__(text)


class _Resolver:
    """What TPUStrategy asks of a TPUClusterResolver."""

    def __init__(self, replicas: int):
        self._replicas = replicas

    def get_tpu_system_metadata(self):
        # CPU:0 stays the host.
        names = [
            _TpuName(f"/job:localhost/replica:0/task:0/device:CPU:{number}")
            for number in range(1, self._replicas + 1)
        ]
        return tpu_system_metadata.TPUSystemMetadata(
            num_cores=self._replicas,
            num_hosts=1,
            num_of_cores_per_host=self._replicas,
            topology=None,
            devices=[
                types.SimpleNamespace(name=name, device_type="TPU")
                for name in names
            ],
        )

    def cluster_spec(self):
        return tf.train.ClusterSpec({})


def make_strategy(replicas: int) -> tf.distribute.TPUStrategy:
    """The strategy; the first one before TensorFlow has touched a device.

    Later ones can have at most as many replicas.
    """
    cpu = tf.config.list_physical_devices("CPU")[0]
    if not tf.config.get_logical_device_configuration(cpu):
        tf.config.set_logical_device_configuration(
            cpu, [tf.config.LogicalDeviceConfiguration()] * (replicas + 1)
        )
    return tf.distribute.TPUStrategy(_Resolver(replicas))
