"""What deliveries of housing areas and departments share: their keys and their kinds."""

from schemas.sources.delivery_shape import Variable

KEY = "^[A-Z0-9-]{2,20}$"
AREA_ID = Variable(
    "OMRAADE_ID", "area_key", "text", "Område eller afdeling", "Area or department", "OMR01", pattern=KEY
)
AREA_KIND = Variable(
    "OMRAADE_TYPE", "area_kind", "text", "omraade eller afdeling", "omraade or afdeling", "omraade", listed=True
)
