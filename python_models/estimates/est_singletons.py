from nqp.analyses.samples import Samples
from nqp.analyses.singletons import dropped_singletons


def model(dbt, session):
    requests = dbt.ref("requested_samples")
    samples = Samples(session, requests, dbt.ref("panels"), dbt.ref("study_units"))
    return dropped_singletons(samples, requests.df(), dbt.ref("est_matched_samples").df())
