"""Celery says at every attempt that the broker is away, in three lines: here an outage is one line."""

import logging

from celery.worker.consumer.consumer import CONNECTION_ERROR, CONNECTION_RETRY

_CONSUMER, _CONNECTION = "celery.worker.consumer.consumer", "celery.worker.consumer.connection"


class OneLineAnOutage(logging.Filter):
    """For both of these loggers, since the one tells of the outage and the other of its end."""

    def __init__(self) -> None:
        super().__init__()
        self._is_away = False

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name == _CONNECTION:
            self._is_away = False
        elif record.msg == CONNECTION_ERROR and isinstance(record.args, tuple):
            if self._is_away:
                return False
            self._is_away = True
            record.msg = "the broker does not answer; trying until it does: %s: %s"
            record.args = record.args[:2]
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        elif isinstance(record.args, tuple) and CONNECTION_RETRY in record.args:
            return False  # the attempt that follows says more
        return True


def quieten() -> None:
    outage = OneLineAnOutage()
    for name in (_CONSUMER, _CONNECTION):
        logging.getLogger(name).addFilter(outage)
