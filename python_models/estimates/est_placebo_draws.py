from nqp.analyses.placebos import placebo_draws
from nqp.analyses.samples import Samples


def model(dbt, session):
    samples = Samples(
        session,
        dbt.ref("samples"),
        dbt.ref("panels"),
        dbt.ref("study_units"),
        dbt.ref("sample_members"),
        dbt.ref("grouping_members"),
    )
    specs, base = dbt.ref("placebo_specs").df(), dbt.ref("regression_specs").df()
    seed = dbt.config.get("seed")
    return placebo_draws(samples, specs, base, seed)
