"""The least policy that deploying an app by CloudFormation needs."""
