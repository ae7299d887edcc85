def place(event, context)
    return {"statusCode": 201}
