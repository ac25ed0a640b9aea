from nqp.ingest import misread


def model(dbt, session):
    regions = dbt.ref("regions").select("name_zh", "short_zh").df()
    return misread.misread_names([*regions["name_zh"], *regions["short_zh"]])
