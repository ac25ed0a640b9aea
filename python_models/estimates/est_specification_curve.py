from nqp.analyses.curves import specification_curve
from nqp.analyses.samples import Samples


def model(dbt, session):
    samples = Samples(
        session,
        dbt.ref("samples"),
        dbt.ref("panels"),
        dbt.ref("study_units"),
        dbt.ref("sample_members"),
    )
    specs, base = dbt.ref("curve_specs").df(), dbt.ref("regression_specs").df()
    return specification_curve(samples, specs, base, dbt.ref("studies").df())
