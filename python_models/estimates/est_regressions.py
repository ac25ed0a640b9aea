from nqp.analyses.regressions import regressions
from nqp.analyses.samples import Samples


def model(dbt, session):
    samples = Samples(
        session,
        dbt.ref("samples"),
        dbt.ref("panels"),
        dbt.ref("study_units"),
        dbt.ref("sample_members"),
    )
    specs, studies = dbt.ref("regression_specs").df(), dbt.ref("studies").df()
    return regressions(samples, specs, studies)
