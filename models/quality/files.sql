-- The files that were read, held against the checksums of the manifest. A difference stops no
-- build: `nqp verify` names it, and so do the closing lines.
select
  file,
  cast(bytes as bigint) as bytes,
  sha256,
  nullif(sha256_recorded, '') as sha256_recorded,
  status
from {{ ref('raw_files') }}
