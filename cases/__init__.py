"""Executed case studies, written against the public interface."""
