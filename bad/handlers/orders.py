"""The handlers of the orders."""


def place(event, context):
    return {"statusCode": 201}


def show(event, context):
    return {"statusCode": 200}


async def follow(event, context):
    return {"statusCode": 200}
