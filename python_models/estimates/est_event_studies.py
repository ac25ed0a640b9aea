from nqp.analyses.event_studies import event_studies
from nqp.analyses.samples import Samples


def model(dbt, session):
    samples = Samples(
        session,
        dbt.ref("samples"),
        dbt.ref("panels"),
        dbt.ref("study_units"),
        dbt.ref("sample_members"),
    )
    specs, base = dbt.ref("event_study_specs").df(), dbt.ref("regression_specs").df()
    return event_studies(samples, specs, base)
