"""GET batches/{id}/tokens: what the pictures of a batch say together, as a file in any format."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

from config.api.operation import operation
from config.rate_limits import Rate
from designsystem.api.batches import OwnBatches
from designsystem.api.extractions import FORMAT, FORMAT_RESPONSES, TokensQuery
from designsystem.api.file_responses import OneRepresentation, file_response
from designsystem.services.exports import ExportService


class BatchTokensViewSet(OwnBatches):
    """Apart from the others because it answers with files, whatever the client accepts."""

    content_negotiation_class = OneRepresentation

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.COSTLY,
        parameters=[FORMAT],
        responses=FORMAT_RESPONSES,
        summary="The merged tokens of a batch in a format",
    )
    def tokens(self, request: Request, id: uuid.UUID) -> HttpResponse:
        return file_response(ExportService().tokens(self.batch(id), TokensQuery.read(request.query_params)["format"]))
