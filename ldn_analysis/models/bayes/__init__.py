"""Bayesian random-effects models by quadrature."""
