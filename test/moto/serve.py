"""Starts moto's server. CloudWatch has percentiles and moto has none: they are added, by the nearest rank."""

import math
import re
import sys

from moto.cloudwatch.models import Statistics
from moto.server import main

known = Statistics.get_statistics_for_type


def with_percentiles(self, stat):
    percentile = re.fullmatch(r"p(\d+(?:\.\d+)?)", stat)
    if percentile is None:
        return known(self, stat)
    values = sorted(self.metric_single_values_list)
    return values[max(0, math.ceil(float(percentile[1]) / 100 * len(values)) - 1)] if values else None


Statistics.get_statistics_for_type = with_percentiles
main(sys.argv[1:])
