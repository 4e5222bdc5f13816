"""Events: something that happens at a time, its public page, its programme, and what became of it.

views, agenda_views (staff) ───────────────┐
public (visitors)                          ├─> forms -> service -> queries -> models, rules, when
showing, months, schema_org (words) ───────┘
calendar, time_zones (iCalendar)
changes: a moment or status that people rely on, told in the same commit; pressed in ``schedules`` only
anchors, effects: what mail can be tied to, and what a change tells whom
"""
