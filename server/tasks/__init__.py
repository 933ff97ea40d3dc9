"""Follow-up tasks (FHIR Task): what is to be done for a patient, by whom and until when.

Above, `add_task` makes one of what was advised, in the caller's transaction, and `tasks_of_source` tells what became
of it. Pages above show a patient's tasks by address.
"""

from server.tasks.actions import (
    NewTask,
    Seen,
    add_task,
    assign_task,
    cancel_task,
    complete_task,
    looked_through,
    move_task,
    step_task,
)
from server.tasks.pages import routes
from server.tasks.rules import Due, Priority, Status, View, due, is_open
from server.tasks.store import Found, OfPatient, Source, Words, my_tasks, task_by_id, tasks_of_patient, tasks_of_source
from server.tasks.tables import FollowUpTask

__all__ = [
    "Due",
    "FollowUpTask",
    "Found",
    "NewTask",
    "OfPatient",
    "Priority",
    "Seen",
    "Source",
    "Status",
    "View",
    "Words",
    "add_task",
    "assign_task",
    "cancel_task",
    "complete_task",
    "due",
    "is_open",
    "looked_through",
    "move_task",
    "my_tasks",
    "routes",
    "step_task",
    "task_by_id",
    "tasks_of_patient",
    "tasks_of_source",
]
