"""What every public form needs, whichever feature it belongs to. This package has no page and calls no feature.

form page -> challenges.new_challenge (a puzzle for the page's script) and limits.count_client
POST -> proof.judge: solved by the script | a second page was pressed | press too early | neither: show a second page
     -> limits.may_mail (a mailbox gets few mails) -> requests.keep (what was typed, sealed; one row a request)
     -> the feature mails its own link -> 303 to a page that is the same for every address (sealed_ids)
the link -> the feature's own page and token purpose -> requests.confirm_once -> the feature does what was asked
tick -> requests.forget_expired: what nobody confirmed within seven days
"""
