"""The worker process of evaluation: relay, consumer, deadlines."""

from services.evaluation.assessments.handlers import window_closed
from services.evaluation.consumers import COPIES, REACTIONS
from services.evaluation.objections.handlers import answer_passed
from services.evaluation.plans.handlers import duty_passed
from shared.settings import settings
from shared.worker import Worker, main

DEADLINES = {"duty": duty_passed, "objection_window": window_closed, "objection_answer": answer_passed}

WORKER = Worker("evaluation", COPIES, REACTIONS, DEADLINES)

if __name__ == "__main__":
    main(WORKER, settings())
