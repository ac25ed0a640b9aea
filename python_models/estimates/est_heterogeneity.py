from nqp.analyses.comparisons import heterogeneity
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
    specs, base = dbt.ref("heterogeneity_specs").df(), dbt.ref("regression_specs").df()
    coefficients, studies = dbt.ref("est_regressions").df(), dbt.ref("studies").df()
    draws, seed = dbt.config.get("draws"), dbt.config.get("seed")
    return heterogeneity(samples, specs, base, coefficients, studies, draws, seed)
