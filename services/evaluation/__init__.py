"""Evaluation: what was delivered is accepted, assessed and evaluated; its results move money and standing elsewhere.

Matters: plans (duties with their due dates, targets, mandates of third parties), observers (service users notified
beforehand), opinions (committees and residents, apart), acceptance, assessments, objections, surveys, conclusions
(composite evaluation, correction, publication). Clauses: CD17 art. 17, 25-27,
31-33; ZH21 art. 25-27.
"""
