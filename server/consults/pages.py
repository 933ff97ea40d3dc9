"""All routes of consults; those that take any service's id come last."""

from starlette.routing import BaseRoute

from server.consults import (
    answer_pages,
    ask_pages,
    case_pages,
    clock_pages,
    code_pages,
    code_rule_pages,
    conference_pages,
    consult_report_pages,
    coverage_pages,
    decision_pages,
    duty_pages,
    import_pages,
    inbox_pages,
    incoming_pages,
    path_pages,
    service_pages,
    talk_pages,
    thread_pages,
    waiting_pages,
)

routes: list[BaseRoute] = [
    *service_pages.routes,
    *coverage_pages.routes,
    *import_pages.routes,
    *path_pages.routes,
    *code_rule_pages.routes,
    *service_pages.one_service,
    *duty_pages.routes,
    *waiting_pages.routes,
    *ask_pages.routes,
    *incoming_pages.routes,
    *inbox_pages.routes,
    *code_pages.routes,
    *consult_report_pages.routes,
    *conference_pages.routes,
    *clock_pages.routes,
    *case_pages.routes,
    *talk_pages.routes,
    *thread_pages.routes,
    *answer_pages.routes,
    *decision_pages.routes,
]
