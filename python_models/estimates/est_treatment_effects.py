from nqp.analyses.samples import Samples
from nqp.analyses.treatment_effects import treatment_effects


def model(dbt, session):
    samples = Samples(
        session,
        dbt.ref("samples"),
        dbt.ref("panels"),
        dbt.ref("study_units"),
        dbt.ref("sample_members"),
    )
    specs, studies = dbt.ref("regression_specs").df(), dbt.ref("studies").df()
    return treatment_effects(samples, specs, studies)
