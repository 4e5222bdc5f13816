"""Events: something that happens at a time, its public page, its programme, and what became of it.

views, status_views, agenda_views (staff) ─┐
public (visitors)                          ├─> forms -> service -> queries -> models, rules, when
showing, months, schema_org (words) ───────┘
calendar, time_zones (iCalendar)
"""
