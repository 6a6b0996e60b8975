from ldn_analysis.errors import ParameterError, RenderError

__all__ = ["ParameterError", "RenderError"]
