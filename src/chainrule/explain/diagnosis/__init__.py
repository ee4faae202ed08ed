"""Diagnosis: what ails a training, with the evidence in numbers and a remedy that can be tried."""

from chainrule.explain.diagnosis.diagnosis import ILLNESSES, SEARCHES, Diagnosis, diagnose
from chainrule.explain.diagnosis.finding import Finding, Remedy
from chainrule.explain.diagnosis.look import Look
from chainrule.explain.diagnosis.sample import HeldOut

__all__ = ["ILLNESSES", "SEARCHES", "Diagnosis", "Finding", "HeldOut", "Look", "Remedy", "diagnose"]
