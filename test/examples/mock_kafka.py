"""Brokers of one's own: librdkafka's mock cluster, which speaks Kafka's protocol over sockets."""

import ctypes


class MockKafka:
    """Serves in this process, from threads of librdkafka, until the block it is used in ends."""

    def __enter__(self):
        library = self.library = ctypes.CDLL("librdkafka.so.1")
        for name in ("rd_kafka_conf_new", "rd_kafka_new", "rd_kafka_mock_cluster_new"):
            getattr(library, name).restype = ctypes.c_void_p
        library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
        words = ctypes.create_string_buffer(512)
        choices = ctypes.c_void_p(library.rd_kafka_conf_new())
        self.owner = ctypes.c_void_p(library.rd_kafka_new(0, choices, words, len(words)))
        self.cluster = ctypes.c_void_p(library.rd_kafka_mock_cluster_new(self.owner, 1))
        self.addresses = library.rd_kafka_mock_cluster_bootstraps(self.cluster).decode()
        return self

    def __exit__(self, *_):
        self.library.rd_kafka_mock_cluster_destroy(self.cluster)
        self.library.rd_kafka_destroy(self.owner)
