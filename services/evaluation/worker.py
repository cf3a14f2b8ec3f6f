"""The worker process of evaluation: relay, consumer, deadlines."""

from services.evaluation.assessments.handlers import window_closed, window_moved
from services.evaluation.consumers import COPIES, REACTIONS
from services.evaluation.objections.handlers import answer_moved, answer_passed
from services.evaluation.plans.handlers import duty_passed
from shared.errands.deadlines import Counted, Kinds
from shared.process.settings import settings
from shared.worker import Worker, main

DEADLINES: Kinds = {
    "duty": duty_passed,
    "objection_window": Counted(window_moved, window_closed),
    "objection_answer": Counted(answer_moved, answer_passed),
}

WORKER = Worker("evaluation", COPIES, REACTIONS, DEADLINES)

if __name__ == "__main__":
    main(WORKER, settings())
