from nqp.analyses.index_effects import effect_contributions
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
    normalised, weights = dbt.ref("normalised_indicators").df(), dbt.ref("entropy_weights").df()
    return effect_contributions(samples, specs, studies, normalised, weights)
