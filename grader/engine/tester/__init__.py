"""The trusted interpreter: it runs shared and test cells, and reaches the student's objects through proxies."""
