from nqp.analyses.matchings import matching_scan
from nqp.analyses.samples import Samples


def model(dbt, session):
    requests = dbt.ref("requested_samples")
    samples = Samples(session, requests, dbt.ref("panels"), dbt.ref("study_units"))
    return matching_scan(samples, requests.df(), dbt.ref("matching_specs").df())
