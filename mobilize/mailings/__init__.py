"""Mailings: what a campaigner writes for an audience, from the first draft to its report.

content file -> forms.parse_content_file -> service.create_mailing -> checks.problems -> service.send_mailing
tick -> launch.launch_due: composing.compose_mailing (every language once, nothing locked)
                           if nothing moved meanwhile -> store_contents, delivery.open_message, store_links
                           audiences page by page     -> delivery.add_page … close_message
                           the ledger's workers do the rest; pause, resume and cancel reach them through its message
"""
