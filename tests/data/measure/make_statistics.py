"""Writes statistics.json: latencies with the figures that numpy and Python give for them.

    python3 make_statistics.py > statistics.json
"""

import json

import numpy

generator = numpy.random.default_rng(20221)
samples = {
    "one": [3.25],
    "two": [1.0, 2.0],
    "sorted": [float(i) for i in range(1, 12)],
    "lognormal": [round(float(v), 6) for v in generator.lognormal(2.0, 0.3, 501)],
    "with_outliers": [round(float(v), 6) for v in generator.normal(8.0, 0.05, 97)] + [80.0, 41.5],
    "equal": [0.7] * 33,
}
cases = []
for name, values in samples.items():
    array = numpy.array(values)
    quantiles = {str(q): float(numpy.quantile(array, q)) for q in (0, 0.5, 0.9, 0.95, 0.99, 0.999, 1)}
    cases.append({"name": name, "values": values, "mean": float(array.mean()),
                  "std": float(array.std()), "quantiles": quantiles})
pairs = [(75, 15), (1, 3), (2, 3), (1, 8), (3, 8), (5, 8), (2675, 1000), (201, 200), (1005, 1000),
         (123457, 30), (1, 16), (7, 0.3), (999999, 7)]
rounded = [{"nb_forwards": n, "duration": d, "throughput": round(n / d, 2)} for n, d in pairs]
print(json.dumps({"numpy": numpy.__version__, "samples": cases, "rounded": rounded}, indent=1))
