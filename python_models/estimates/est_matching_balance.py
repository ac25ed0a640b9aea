from nqp.analyses.matchings import matching_balance
from nqp.analyses.samples import Samples


def model(dbt, session):
    requests = dbt.ref("requested_samples")
    samples = Samples(session, requests, dbt.ref("panels"), dbt.ref("study_units"))
    specs, matched = dbt.ref("matching_specs").df(), dbt.ref("est_matched_samples").df()
    return matching_balance(samples, requests.df(), specs, matched)
