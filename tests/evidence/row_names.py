"""Short names for rows of the data that the tests change, and for changing a row of each table."""

from mutations import cell

F = "final2024-pain-w12-ldn-placebo-difference-in-mean-change"
FL, FP = "final2024-pain-w12-ldn-mean-change", "final2024-pain-w12-placebo-mean-change"
F0 = "final2024-pain-w0-ldn-mean"
Y = "younger2013-pain-ldn-placebo-paired-difference"
Y0, YL, YP = (
    "younger2013-pain-w0-all-mean",
    "younger2013-pain-w12-ldn-mean",
    "younger2013-pain-w4-placebo-mean",
)
PILOT = "younger2009-symptom-severity-ldn-placebo-paired-difference"
INN = "innova2026-pain-w13-ldn-placebo-adjusted-difference"
IL, IP = "innova2026-pain-w13-ldn-mean", "innova2026-pain-w13-placebo-mean"
IL26, IN26 = "innova2026-pain-w26-ldn-mean", "innova2026-pain-w26-ldn-placebo-adjusted-difference"
LEG = "finalqst2025-pressure-pain-tolerance-left-leg-w12-ldn-placebo-difference-in-mean-change"
CPM = "finalqst2025-conditioned-pain-modulation-w12-ldn-placebo-difference-in-mean-change"
CPML = "finalqst2025-conditioned-pain-modulation-w12-ldn-mean-change"
STAND = "finalqst2025-30-s-chair-stand-w12-ldn-placebo-difference-in-mean-change"
TSP = "finalqst2025-temporal-summation-of-pain-w12-ldn-placebo-difference-in-mean-change"
FIQR = "bested2023-symptom-severity-w3-ldn-placebo-median-difference"
SPIR = "bested2023-pain-w3-ldn-placebo-median-difference"
ESR, COLD = "younger2009-esr-w8-ldn-r-squared", "jackson2021-cold-pressor-time-ldn-ratio-of-means"
MEM_L, MEM_P = "final2024-memory-w12-ldn-mean-change", "final2024-memory-w12-placebo-mean-change"
R15, R30, R50 = (f"final2024-pain-response-{at}-w12-ldn" for at in (15, 30, 50))
AE_L, AE_P = (f"final2024-any-adverse-event-w12-{group}" for group in ("ldn", "placebo"))
COMP_L, COMP_P = "younger2013-composite-response-ldn", "younger2013-composite-response-placebo"
OCC5, OCC50 = "mu-occupancy-naltrexone-5mg-4h-a", "mu-occupancy-naltrexone-50mg-4h-a"
ED50, ED95 = "ed50-symptom-response-naltrexone", "ed95-symptom-response-naltrexone"
VAT = "vatvani2024-pain-md"


def o(key, **cells):
    return cell("outcomes", key, **cells)


def s(key, **cells):
    return cell("studies", key, **cells)


def e(key, **cells):
    return cell("events", key, **cells)


def p(key, **cells):
    return cell("pharmacology", key, **cells)


def rob(key, **cells):
    return cell("risk_of_bias", key, **cells)


def multi(key, **cells):
    return cell("multiverse_choices", key, **cells)


def sets(key, **cells):
    return cell("study_sets", key, **cells)


def syn(key, **cells):
    return cell("published_syntheses", key, **cells)


def judged(key, **cells):
    return cell("judgements", key, **cells)


def limit(key, **cells):
    return cell("clinical_thresholds", key, **cells)
