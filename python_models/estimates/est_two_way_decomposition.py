from nqp.analyses.samples import Samples
from nqp.analyses.two_way_decompositions import two_way_decompositions


def model(dbt, session):
    samples = Samples(
        session,
        dbt.ref("samples"),
        dbt.ref("panels"),
        dbt.ref("study_units"),
        dbt.ref("sample_members"),
    )
    specs, studies = dbt.ref("regression_specs").df(), dbt.ref("studies").df()
    return two_way_decompositions(samples, specs, studies)
