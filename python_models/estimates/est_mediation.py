from nqp.analyses.mediations import mediation
from nqp.analyses.samples import Samples


def model(dbt, session):
    samples = Samples(
        session,
        dbt.ref("samples"),
        dbt.ref("panels"),
        dbt.ref("study_units"),
        dbt.ref("sample_members"),
    )
    specs, base = dbt.ref("mediation_specs").df(), dbt.ref("regression_specs").df()
    draws, seed = dbt.config.get("draws"), dbt.config.get("seed")
    return mediation(samples, specs, base, dbt.ref("studies").df(), draws, seed)
