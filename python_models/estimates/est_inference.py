from nqp.analyses.inference import inference
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
    specs, studies = dbt.ref("regression_specs").df(), dbt.ref("studies").df()
    draws, seed = dbt.config.get("draws"), dbt.config.get("seed")
    return inference(samples, specs, studies, draws, seed)
