"""From a composition to the bytes of one person's mail: encoded once, spliced per recipient, signed.

Composition -> message.compile_message -> CompiledMessage.render(values) -> dkim.Signer -> bytes
"""
