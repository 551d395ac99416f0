"""Send many requests side by side: each claimed first, within the budget, its answer kept at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from services.endpoint.budget import Budget
from services.endpoint.errors import EndpointError
from services.shadow.errors import RefusedError
from services.shadow.journal import Journal

State = Literal["done", "cap", "interrupted"]


class Outcome(NamedTuple):
    """What a request came to.

    Attributes
    ----------
    cost_pusd : None where the endpoint does not say: then it counts at its most
    line : the event that is to be stored
    refused : why the endpoint refused it, in a word; "" where it answered
    """

    cost_pusd: int | None
    line: bytes
    refused: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One request, or several that make sense only together.

    Attributes
    ----------
    request : its id within the comparison
    most_pusd : what it can cost at most
    ask : sends it and returns what came of it, in a thread of its own; raises EndpointError
    """

    request: str
    most_pusd: int
    ask: Callable[[], Outcome]


@dataclass(slots=True)
class Counts:
    """What became of the requests of one run; `refused` by reason."""

    asked: int = 0
    answered: int = 0
    refused: dict[str, int] = field(default_factory=dict)


class Run:
    """Works through tasks with several in hand. Used from one thread.

    Parameters
    ----------
    comparison : under which the journal keeps them
    at_once : how many are in hand
    told : is told of each that is done
    ending : whether somebody wants the end
    """

    HOPELESS = 5  # refusals without one answer: then it is the command that is wrong, not these requests

    def __init__(
        self,
        journal: Journal,
        comparison: str,
        budget: Budget,
        *,
        at_once: int,
        told: Callable[[Counts], object] = lambda _: None,
        ending: Callable[[], bool] = lambda: False,
    ) -> None:
        self.counts = Counts()
        self._journal = journal
        self._comparison = comparison
        self._budget = budget
        self._at_once = at_once
        self._told = told
        self._ending = ending
        self._hands: dict[Future[Outcome], tuple[Task, int]] = {}  # and what is put aside for it
        self._failed: Exception | None = None
        self._refused: list[tuple[Task, int, Outcome]] = []  # until one is answered

    def work(self, tasks: Iterable[Task]) -> State:
        """Send all, or until the budget is spent or somebody wants the end; what is in hand is finished.

        The first that the budget does not allow ends it: to look for a shorter one would draw short requests.

        Raises
        ------
        EndpointError, RefusedError : the endpoint will answer none of them, or not now
        """
        state: State = "done"
        with ThreadPoolExecutor(self._at_once, thread_name_prefix="shadow") as pool:
            for task in tasks:
                self._until_free(self._at_once - 1)
                aside = self._afford(task)
                if self._failed or self._ending():
                    state = "interrupted"
                    break
                if aside is None:
                    state = "cap"
                    break
                if not self._begin(pool, task, aside):
                    state = "cap"
                    break
            self._until_free(0)
        self._judge_refused()
        if self._failed:
            raise self._failed
        return state

    def _afford(self, task: Task) -> int | None:
        """Put the task's cost aside, as soon as what is in hand leaves room; None where it never will."""
        while (aside := self._budget.reserve(task.most_pusd)) is None and self._hands:
            self._until_free(len(self._hands) - 1)
        return aside

    def _begin(self, pool: ThreadPoolExecutor, task: Task, aside: int) -> bool:
        """Send a request that nobody has sent; False where another run has left no room under the cap."""
        if self._journal.claim(self._comparison, task.request, task.most_pusd, self._budget.cap):
            self.counts.asked += 1
            self._hands[pool.submit(task.ask)] = task, aside
            return True
        self._budget.settle(aside, task.most_pusd, 0)
        return self._journal.spent(self._comparison) + task.most_pusd <= self._budget.cap

    def _until_free(self, most: int) -> None:
        """Wait until at most so many are in hand."""
        while len(self._hands) > most:
            done, _ = wait(self._hands, return_when=FIRST_COMPLETED)
            for future in done:
                self._settle(*self._hands.pop(future), future)

    def _settle(self, task: Task, aside: int, future: Future[Outcome]) -> None:
        try:
            outcome = future.result()
        except Exception as error:  # noqa: BLE001 - raised when the others in hand are kept
            self._failed = self._failed or error
            if not isinstance(error, EndpointError) or error.paid:
                self._budget.settle(aside, task.most_pusd, task.most_pusd)
            else:
                self._give_back(task, aside)
            return
        if outcome.refused:
            self._refused.append((task, aside, outcome))
            if not self.counts.answered and len(self._refused) < self.HOPELESS:
                return
            self._judge_refused()
            return
        self.counts.answered += 1
        self._keep(task, aside, outcome)
        self._judge_refused()

    def _judge_refused(self) -> None:
        """Keep refusals, which are answers too; where nothing else came, the requests may be sent again."""
        if self._refused and not self.counts.answered:
            *_, last = self._refused[-1]
            self._failed = self._failed or RefusedError(
                f"the endpoint refuses every request ({last.refused}: {last.message}); none counts as asked"
            )
        for task, aside, outcome in self._refused:
            if self.counts.answered:
                self.counts.refused[outcome.refused] = self.counts.refused.get(outcome.refused, 0) + 1
                self._keep(task, aside, outcome)
            else:
                self._give_back(task, aside)
        self._refused.clear()

    def _keep(self, task: Task, aside: int, outcome: Outcome) -> None:
        cost = task.most_pusd if outcome.cost_pusd is None else max(0, outcome.cost_pusd)
        self._journal.answered(self._comparison, task.request, cost, outcome.line)
        self._budget.settle(aside, task.most_pusd, cost)
        self._told(self.counts)

    def _give_back(self, task: Task, aside: int) -> None:
        self._journal.release(self._comparison, task.request)
        self._budget.settle(aside, task.most_pusd, 0)
        self.counts.asked -= 1
