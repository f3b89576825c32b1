"""Many exchanges at once in one thread: a queue per host, robots.txt first, retries under one deadline."""

import heapq
import itertools
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import pycurl

from backend.crawler.exchange import Completion, Exchange, Failure, Request, Response
from backend.crawler.guard import ForbiddenUrlError, Guard, Target
from backend.crawler.hosts import Host
from backend.crawler.policy import CrawlPolicy
from backend.crawler.reasons import Reason
from backend.crawler.retry import failure_of, pause_before_retry, retry_after_seconds
from backend.crawler.robots import RobotsCache, robots_request
from backend.crawler.transfer import LargeBodies, Transfer

_HOST_FAILURES = frozenset({Reason.DNS_FAILED, Reason.UNREACHABLE, Reason.TIMEOUT, Reason.TLS_ERROR})


class Fetcher:
    """`pinned` are `host:port:address` entries that replace the resolver, as curl --resolve does."""

    def __init__(
        self,
        policy: CrawlPolicy,
        guard: Guard | None = None,
        robots: RobotsCache | None = None,
        *,
        pinned: tuple[str, ...] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._policy = policy
        self._guard = guard or Guard(policy.allowed_hosts)
        self._robots = robots or RobotsCache()
        self._clock = clock
        self._multi = pycurl.CurlMulti()
        self._large = LargeBodies()
        self._free = [Transfer(policy, self._guard, self._large, pinned) for _ in range(policy.connections)]
        self._running: dict[pycurl.Curl, tuple[Transfer, Exchange]] = {}
        self._hosts: dict[str, Host] = {}
        self._awaiting_rules: dict[str, list[Exchange]] = {}
        self._retries: list[tuple[float, int, Exchange]] = []
        self._sequence = itertools.count()
        self._begun = 0
        self.unfinished = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Aborts whatever is under way; nobody is told."""
        for handle in list(self._running):
            self._multi.remove_handle(handle)
        for transfer, _ in self._running.values():
            transfer.handle.close()
        for transfer in self._free:
            transfer.handle.close()
        self._running.clear()
        self._free.clear()
        self._multi.close()

    def submit(self, request: Request, on_done: Completion) -> None:
        self.unfinished += 1
        self._route(Exchange(request, on_done), request.url)

    def step(self, timeout_seconds: float) -> None:
        """Lets the network work for at most about `timeout_seconds`; completions are called from here."""
        now = self._clock()
        self._wake_retries(now)
        self._fill(now)
        self._resume()
        self._multi.perform()
        if self._collect():
            return
        if self._running:
            self._multi.select(timeout_seconds)
            self._multi.perform()
            self._collect()
        elif self.unfinished:
            time.sleep(min(timeout_seconds, 0.02))

    def _resume(self) -> None:
        for transfer, _ in self._running.values():
            if transfer.is_paused and self._large.has_room:
                transfer.resume()

    def _finish(self, exchange: Exchange, answer: Response | Failure) -> None:
        self.unfinished -= 1
        self._begun -= exchange.has_begun
        exchange.on_done(answer)

    def _route(self, exchange: Exchange, url: str) -> None:
        try:
            exchange.aim(self._guard.parse(url))
        except ForbiddenUrlError as error:
            self._finish(exchange, Failure(error.reason, error.detail))
            return
        if exchange.request.obeys_robots:
            self._consult_rules(exchange)
        else:
            self._enqueue(exchange)

    def _consult_rules(self, exchange: Exchange) -> None:
        target = exchange.target
        rules = self._robots.get(target.origin)
        if rules is None:
            self._await_rules(exchange, target.origin)
            return
        refusal = rules.refusal(target, self._policy.product_token)
        if refusal is not None:
            self._finish(exchange, refusal)
            return
        delay = rules.crawl_delay_seconds(self._policy.product_token)
        self._host(target).crawl_delay_seconds = min(delay, self._policy.max_crawl_delay_seconds)
        self._enqueue(exchange)

    def _await_rules(self, exchange: Exchange, origin: str) -> None:
        waiting = self._awaiting_rules.get(origin)
        if waiting is not None:
            waiting.append(exchange)
            return
        self._awaiting_rules[origin] = [exchange]

        def release(answer: Response | Failure) -> None:
            self._robots.put(origin, answer)
            for held in self._awaiting_rules.pop(origin):
                self._consult_rules(held)

        self.submit(robots_request(origin, self._policy.deadline_seconds), release)

    def _host(self, target: Target) -> Host:
        return self._hosts.setdefault(f"{target.host}:{target.port}", Host())

    def _enqueue(self, exchange: Exchange) -> None:
        self._host(exchange.target).add(exchange)

    def _may_start(self, host: Host, now: float) -> bool:
        """New exchanges wait while many are under way, or a fast redirector would drown a slow host."""
        following = host.peek()
        if following is None or not self._free or not host.may_start(now, self._policy):
            return False
        is_new = not following.has_begun and following.request.obeys_robots
        return not is_new or self._begun < 2 * self._policy.connections

    def _wake_retries(self, now: float) -> None:
        while self._retries and self._retries[0][0] <= now:
            self._enqueue(heapq.heappop(self._retries)[2])

    def _fill(self, now: float) -> None:
        for host in list(self._hosts.values()):
            failure = host.given_up(self._policy)
            while failure is not None and host.peek():
                self._finish(host.take(), failure)
        started = True
        while self._free and started:
            started = False
            for host in list(self._hosts.values()):
                if self._may_start(host, now):
                    self._launch(host, host.take(), now)
                    started = True

    def _launch(self, host: Host, exchange: Exchange, now: float) -> None:
        self._begun += not exchange.has_begun
        exchange.start_clock(now)
        remaining = exchange.remaining_seconds(now)
        if remaining <= 0:
            self._finish(exchange, Failure(Reason.TIMEOUT, "the deadline passed while waiting for the host"))
            return
        transfer = self._free.pop()
        exchange.attempts += 1
        transfer.prepare(
            exchange.target, exchange.request, remaining, reuses_connection=not host.leaves_surplus
        )
        host.note_start(now)
        self._running[transfer.handle] = (transfer, exchange)
        self._multi.add_handle(transfer.handle)

    def _collect(self) -> bool:
        queued, collected = 1, False
        while queued:
            queued, succeeded, failed = self._multi.info_read(16)
            for handle in succeeded:
                self._settle(handle, None)
            for handle, error, message in failed:
                self._settle(handle, (error, message))
            collected = collected or bool(succeeded or failed)
        return collected

    def _settle(self, handle: pycurl.Curl, error: tuple[int, str] | None) -> None:
        transfer, exchange = self._running.pop(handle)
        answer = transfer.response() if error is None else transfer.outcome(*error)
        host = self._host(exchange.target)
        host.active -= 1
        host.leaves_surplus = host.leaves_surplus or (error is None and transfer.leaves_surplus())
        self._multi.remove_handle(handle)
        transfer.release()
        self._free.append(transfer)
        if isinstance(answer, Failure):
            self._settle_failure(exchange, host, answer, None)
        else:
            host.note_answer()
            self._settle_response(exchange, host, answer)

    def _settle_response(self, exchange: Exchange, host: Host, response: Response) -> None:
        if response.redirect_url is not None:
            exchange.hops += 1
            exchange.attempts = 0
            if exchange.hops > self._policy.max_redirects:
                detail = f"more than {self._policy.max_redirects} redirects"
                self._finish(exchange, Failure(Reason.TOO_MANY_REDIRECTS, detail, response.status))
            else:
                self._route(exchange, response.redirect_url)
            return
        failure = failure_of(response)
        if failure is None:
            self._finish(exchange, response)
        else:
            retry_after = retry_after_seconds(response.first("retry-after"))
            self._settle_failure(exchange, host, failure, retry_after)

    def _settle_failure(
        self, exchange: Exchange, host: Host, failure: Failure, retry_after: float | None
    ) -> None:
        now = self._clock()
        if failure.reason in _HOST_FAILURES:
            host.note_failure(failure)
        pause = pause_before_retry(exchange, failure, retry_after, self._policy, now)
        if pause is None:
            self._finish(exchange, failure)
            return
        if failure.reason is Reason.RATE_LIMITED:
            host.not_before = max(host.not_before, now + pause)
        heapq.heappush(self._retries, (now + pause, next(self._sequence), exchange))
