"""Registering for an event: ask, confirm by mail, leave, and be told when the event changes.

visitor: public.ask -> service.ask (pending: a seat is held) -> mail -> /r/<token> -> service.confirm -> mail with entry
         /g/<token> -> service.leave -> mail that takes the entry back
staff:   views -> the list, the form's settings, taking somebody off
event:   changes.move | postpone | move_online | cancel -> events.service, and one message to everybody concerned
clock:   tick_steps: seats of those who did not confirm are free again; an event's people are forgotten after it
"""
