"""Templates of every mail: `_layout`, `blocks/<block>` as MJML and as text, `<feature>/<mail>/{subject.txt,body.mjml}`.

A body calls `block(kind, …)`, which prints MJML or text, whichever is being made; `fact(name)` is a value of the
recipient or of the mail. Every value printed here is escaped and kept away from MJML
(mobilize.delivery.composing.sealing).
"""
