"""Starts moto's server, with two things added that AWS has and moto lacks.

CloudWatch has percentiles: by the nearest rank. A state machine can start another execution: moto hands the call's
parameters to boto as Step Functions writes them, in capitals, where the API begins them in small letters.
"""

import math
import re
import sys

from moto.cloudwatch.models import Statistics
from moto.server import main
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_sfn as sfn,
)

known = Statistics.get_statistics_for_type


def with_percentiles(self, stat):
    percentile = re.fullmatch(r"p(\d+(?:\.\d+)?)", stat)
    if percentile is None:
        return known(self, stat)
    values = sorted(self.metric_single_values_list)
    return values[max(0, math.ceil(float(percentile[1]) / 100 * len(values)) - 1)] if values else None


Statistics.get_statistics_for_type = with_percentiles

normalised = sfn.StateTaskServiceSfn._normalise_parameters


def in_small_letters(self, parameters, *rest, **named):
    normalised(self, parameters, *rest, **named)
    for name in list(parameters):
        parameters[name[0].lower() + name[1:]] = parameters.pop(name)


sfn.StateTaskServiceSfn._normalise_parameters = in_small_letters
main(sys.argv[1:])
