// What the bundle of this name offers, for the type checker only; it is not served.
export { createCalendar, destroyCalendar, DayGrid, Interaction, ResourceTimeGrid, TimeGrid, Calendar } from "@event-calendar/core";
