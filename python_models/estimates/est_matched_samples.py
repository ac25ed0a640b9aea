from nqp.analyses.matchings import matched_samples
from nqp.analyses.samples import Samples


def model(dbt, session):
    # The rows that a matching chooses among: those that the sample asks for, before any matching.
    requests = dbt.ref("requested_samples")
    samples = Samples(session, requests, dbt.ref("panels"), dbt.ref("study_units"))
    return matched_samples(samples, requests.df(), dbt.ref("matching_specs").df())
