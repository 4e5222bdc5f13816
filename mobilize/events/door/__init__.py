"""At the door of an event: who comes in, checked on a phone that was given a link.

staff: views -> a link for one event, ended with the press of a button or a day after the event
phone: /door/<token> (page) -> code typed or scanned -> service.let_in -> valid | used | cancelled | … (rules.Verdict)
       each act carries a nonce that the phone made: sent again, it gives the same answer and changes nothing
       without a network the phone decides by ``snapshot`` and sends its acts later
"""
